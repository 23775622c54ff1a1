"""From a clip back to latents: which path of a generator shows it, and what that is good for."""
