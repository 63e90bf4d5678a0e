"""A copy of the records in one file, which any database that keeps records can be made from."""
