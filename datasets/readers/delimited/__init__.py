"""Tables of delimited text: their records, their header, and rows that are no review."""
