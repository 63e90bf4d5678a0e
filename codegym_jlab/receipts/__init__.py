"""Receipts: what a server says, signed, of a submission that it has acknowledged; and whether such a paper is true."""
