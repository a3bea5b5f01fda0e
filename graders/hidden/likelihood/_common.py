"""What the exercises of `likelihood` share: inputs, words and hints."""

ONE_OF_EACH = "A single number comes back for the whole batch. Every image has a value of its own."


NOT_REDUCED = "Every pixel comes back separately. What is the probability of the whole image?"


IN_PLACE = "An operation whose name ends in an underscore changes the caller's tensor."


DTYPE = "The result is always of one dtype. It should follow the input."


CUT = "The value is right, but no gradient comes back: something cuts the graph."


BLACK_TOO = "Only white pixels count in your value. What does a black one contribute?"
