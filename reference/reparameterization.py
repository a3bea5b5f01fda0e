"""The reparameterization trick: samples as differentiable functions of parameters and noise."""

import torch


def reparameterize(mu, logvar):
    r"""z = mu + sigma * eps with eps ~ N(0, I) and sigma = exp(logvar / 2), so that z ~ N(mu, diag
    sigma^2).

    mu, logvar: (..., K). Returns z of the same shape, differentiable in both.
    Source: Kingma & Welling 2014, section 2.4; UIUC problem set 5, 1g; four-task sheet, 2.4 and
    2.5.
    """
    return mu + (0.5 * logvar).exp() * torch.randn_like(mu)


# TUM 1: only model 2 draws from a distribution whose parameters are trained. Model 1 draws before
# any parameter enters; model 3 is model 2 already written with its noise as an input.
needs_reparameterization = {"model_1": False, "model_2": True, "model_3": False}


def model_2(x, encoder, decoder):
    r"""x_tilde = decoder(z), z = h + eps, h = encoder(x), eps ~ N(0, I). x: (N, D). Returns (N, D).

    Source: TUM sheet 3, problem 1b.
    """
    h = encoder(x)
    return decoder(reparameterize(h, torch.zeros_like(h)))


def model_4(x, encoder, decoder):
    r"""x_tilde = decoder(z), z ~ N(0, diag exp(h)), h = encoder(x). x: (N, D). Returns (N, D).

    A linear output h can be negative, so diag(h) need not be a covariance; exp(h) always is.
    Source: TUM sheet 3, problem 2.
    """
    h = encoder(x)
    return decoder(reparameterize(torch.zeros_like(h), h))
