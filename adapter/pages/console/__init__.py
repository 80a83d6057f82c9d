"""Pages on which operators see what old clients do, and look after the installation."""
