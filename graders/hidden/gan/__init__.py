"""Hidden checks and misconceptions of the topic `gan`.

Published graders of these losses look at an untrained discriminator, where D is about 1/2 and most
mistakes agree. Here logits are spread over several units around different centres for real and
generated examples, and reach 1e4.
"""
