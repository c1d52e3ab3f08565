"""While a process starts, nothing looks for its garbage; afterwards it does, whatever became of the start."""

import gc

import pytest

from laneway.cli.starting import swift_start


def test_garbage_is_collected_from_the_moment_it_has_started() -> None:
    with swift_start() as started:
        assert not gc.isenabled()
        # When it listens
        started()
        # Then garbage is collected again, and what was there is not looked through any more
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
    gc.unfreeze()


def test_garbage_is_collected_after_a_start_that_failed() -> None:
    with pytest.raises(OSError, match="taken"), swift_start():
        raise OSError("taken")
    assert gc.isenabled()
