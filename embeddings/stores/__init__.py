"""Stores of artist vectors that answer without loading a table: Arrow files that are mapped, and PostgreSQL.

Both are a `VectorStore`: the same questions, the same answers.
"""
