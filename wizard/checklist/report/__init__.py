"""What a report says first, and its forms, one file each."""
