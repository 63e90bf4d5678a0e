"""What a person may see of a judgement: the one door between the two."""
