"""Hidden checks and misconceptions of the topic `diffusion`."""
