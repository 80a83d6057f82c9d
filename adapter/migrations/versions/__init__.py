"""The steps by which the schema came about, run by Alembic from within the program."""
