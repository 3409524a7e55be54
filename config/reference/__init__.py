"""The reference pages: each is written from the table that the program itself runs by."""
