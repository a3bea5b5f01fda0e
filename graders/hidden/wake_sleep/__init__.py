"""Hidden checks and misconceptions of the topic `wake_sleep`.

Both networks record what they are called on, so the two losses and their gradients follow exactly
from the submission's own samples; the laws of codes and dreams are checks of their own. The
training functions are judged by the networks they leave behind, by the size of Adam's first step,
and by the batches that the encoder was called on.
"""
