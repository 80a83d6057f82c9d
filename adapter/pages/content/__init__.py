"""What runs in frames: the pages that requesters wrote, and the scripts that they load."""
