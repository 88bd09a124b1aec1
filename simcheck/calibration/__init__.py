"""From signals to a score: a probability that holds for the size of the index."""

from simcheck.calibration.model import ScoreModel, load_model

__all__ = ["ScoreModel", "load_model"]
