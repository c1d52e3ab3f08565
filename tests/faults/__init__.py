"""Faults made on purpose: processes killed and stopped, connections cut, disks full, clocks wrong; and a judge of the rest."""
