"""Work on many records at once that goes on where it was after a crash: DBOS workflows (the extra `bulk`)."""
