"""Shells: how a door's visitors get to see the views."""
