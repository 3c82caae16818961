"""Deep clustering: a mixture taken apart into its sources."""
