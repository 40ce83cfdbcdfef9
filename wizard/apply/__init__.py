"""Run one apply from the lock to the confirmation."""
