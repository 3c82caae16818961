"""SQLite databases: Kaggle's of Pitchfork, and others."""
