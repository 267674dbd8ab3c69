"""What was filed in a professional's name by someone they named: written down before each deposit, listed for them."""
