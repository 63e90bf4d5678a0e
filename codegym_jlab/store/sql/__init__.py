"""The records in SQL, over SQLite and PostgreSQL: `store.SqlStore`, made of one module an aggregate."""
