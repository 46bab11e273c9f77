"""The way in: from a notice's figures file to a submission."""
