"""Hidden checks and misconceptions of the topic `experiments`: what can be told from the file that
a training run left.

The saved networks are rebuilt here and asked again: bounds, means, reconstructions and manifolds
have to be theirs, and they have to have learned. The images are known where the data come with a
library (8 x 8 digits) or the course names a file of MNIST; else a person has to look.
"""
