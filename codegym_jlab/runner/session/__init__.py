"""What a fork of the zygote does: runs cells and checks, and says what came of them."""
