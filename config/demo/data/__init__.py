"""Synthetic data in bulk: a network of practices with as many referrals as are wanted."""
