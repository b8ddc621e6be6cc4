"""What users were promised, seen on real hosts."""
