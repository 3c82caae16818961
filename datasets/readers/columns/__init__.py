"""Which column of a source holds what: by its name, by its place, by what stands in it."""
