"""The loss: cross-entropy of a softmax over all products, the negatives of which are all that was not chosen.

PyTorch's own keeps several tables of (events, products) numbers between the forward and the backward pass, and moving
those through memory takes most of the time of a small encoder. Here a few hundred rows at a time go through both
passes while they are in the cache: the same gradients, several times as fast.
"""
from __future__ import annotations

import torch

ROWS = 256  # at once: with 12,000 products 12 MB
# Beyond so many products a random part of them stands for all in each step.
FULL_SOFTMAX_PRODUCTS = 40_000
SAMPLED_PRODUCTS = 16_384


class FullSoftmax(torch.autograd.Function):
    """Weighted mean cross-entropy of ``customers @ products.T`` (+ ``offsets``) against ``chosen``.

    customers (n, d), products (m, d), offsets (m,) or None, chosen (n,) rows of products, weights (n,).
    """

    @staticmethod
    def forward(ctx, customers, products, chosen, weights, offsets=None, half=False):
        kind = torch.bfloat16 if half else torch.float32
        rows = customers.detach().to(kind)
        table = products.detach().to(kind)
        turned = table.T.contiguous()
        share = weights / weights.sum()
        to_customers = torch.empty_like(customers)
        to_products = torch.zeros_like(products)
        total = 0.0
        for start in range(0, len(rows), ROWS):
            part = slice(start, start + ROWS)
            scores = rows[part] @ turned
            if offsets is not None:
                scores += offsets
            highest = scores.amax(1, keepdim=True)
            right = scores.gather(1, chosen[part, None]).squeeze(1).float()
            scores.sub_(highest).exp_()
            sums = scores.sum(1, dtype=torch.float32)
            total += float((share[part] * (sums.log() + highest.squeeze(1).float() - right)).sum())
            factor = (share[part] / sums)[:, None]
            to_customers[part] = (scores @ table).float() * factor
            to_products += (scores.T @ (rows[part].float() * factor).to(kind)).float()
        to_customers -= products.detach()[chosen] * share[:, None]
        to_products.index_add_(0, chosen, -customers.detach() * share[:, None])
        ctx.save_for_backward(to_customers, to_products)
        return customers.new_tensor(total)

    @staticmethod
    def backward(ctx, gradient):
        to_customers, to_products = ctx.saved_tensors
        return to_customers * gradient, to_products * gradient, None, None, None, None


def choice_loss(
    customers: torch.Tensor, products: torch.Tensor, chosen: torch.Tensor, weights: torch.Tensor, half: bool = False
) -> torch.Tensor:
    """The loss of ``customers`` (n, d) who chose the rows ``chosen`` (n,) of ``products`` (m, d).

    In a shop of more than FULL_SOFTMAX_PRODUCTS, negatives are what the batch chose and a uniform sample, in which
    each product counts for those that it stands for.
    """
    if len(products) <= FULL_SOFTMAX_PRODUCTS:
        return FullSoftmax.apply(customers, products, chosen, weights, None, half)
    own, place = torch.unique(chosen, return_inverse=True)
    sampled = torch.randint(len(products), (SAMPLED_PRODUCTS,))
    sampled = sampled[~torch.isin(sampled, own)]
    stands_for = (len(products) - len(own)) / max(1, len(sampled))
    offsets = torch.zeros(len(own) + len(sampled))
    offsets[len(own):] = torch.log(torch.tensor(stands_for))
    candidates = products[torch.cat([own, sampled])]
    return FullSoftmax.apply(customers, candidates, place, weights, offsets.to(torch.bfloat16) if half else offsets,
                             half)


def half_precision_pays() -> bool:
    """Whether this processor multiplies bfloat16 matrices in hardware."""
    supported = getattr(torch.cpu, "_is_amx_tile_supported", None)
    return bool(supported and supported())
