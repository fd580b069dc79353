"""What Dukan says: named responses in every language, and money, numbers, dates and counted nouns in words."""
