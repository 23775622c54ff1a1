"""Adversarial training: losses, the objective, its building blocks and augmentation."""
