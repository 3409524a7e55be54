"""The benchmark: the house under load, against a floor taken in the same run."""
