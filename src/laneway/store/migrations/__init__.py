"""The schema's steps, run by ``laneway.store.migrate``. One file each under ``versions``, never changed once released."""
