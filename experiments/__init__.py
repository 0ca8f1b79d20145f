"""Los experimentos del libro: `python -m experiments` dice cuáles hay."""
