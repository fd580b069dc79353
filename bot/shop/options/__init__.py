"""What is made as the customer wants it: limits of free options, and configurations that are never invalid."""
