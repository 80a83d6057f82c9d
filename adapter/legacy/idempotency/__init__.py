"""What makes a repeated call happen once."""
