"""The documents of a HIT: questions, answer keys, answers and layouts, read, checked, scored and written."""
