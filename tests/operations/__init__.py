"""How Laneway is run: processes, health, load, roles, backups."""
