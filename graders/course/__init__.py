"""What an instructor decides: homeworks and points, deadlines and lateness, the key, the people."""
