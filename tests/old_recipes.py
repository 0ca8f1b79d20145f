"""Una receta como se guardaba antes de que tuvieran partes: la rápida del libro."""

OLD_RAPIDA = {
    **{"size": 64, "load_size": 72, "filters": 16, "levels": 4, "convolution": "plain"},
    **{"norm": "instance", "innermost_norm": False, "dropout": 0.0, "slope": 0.2},
    **{"upsampling": "resize", "skips": "all", "noise": False, "first_fill": "biharmonic"},
    **{"hole_channel": True, "input_skip": True, "residual": True, "compose": True},
    **{"precision": "float32", "disc_filters": 16, "disc_layers": 2, "distance": "l1"},
    **{"l1_weight": 100.0, "hole_weight": 8.0, "relative": False, "batch_size": 8},
    **{"steps": 1600, "learning_rate": 0.001, "cosine": True, "copies": 0, "seed": 0},
    "erase": {
        **{"fill": [255, 0, 255], "guesses": 0.0, "max_masks": 2, "noise": False},
        **{"scale": [1.0, 5.0], "strokes": 0.0},
    },
    "jitter": {"light": 0.0, "wear": False, "zoom": False},
}
