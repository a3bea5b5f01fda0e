"""What the exercises of `kl` share: inputs, words and hints."""

FACTOR = (
    "Your values are a fixed multiple of the divergence. Look again at the factor in front of the"
    " sum."
)
