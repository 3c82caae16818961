"""What is measured of a sound: spectra, MFCCs, their statistics over time."""
