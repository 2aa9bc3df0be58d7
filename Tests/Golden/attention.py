"""Reference values of chapter 6: python3 Tests/Golden/attention.py writes attention.json."""
import torch
from torch import nn
from torch.nn import functional as F

from recording import Cases, Formula, Parts, layer, of, write

sdpa = F.scaled_dot_product_attention


def added(allowed):
    """0 where a query may look, -inf elsewhere."""
    return torch.zeros(allowed.shape).masked_fill(~allowed, -torch.inf)


def padding(lengths, keys):
    return torch.arange(keys)[None, None, :] < torch.tensor(lengths)[:, None, None]


def triangle(queries, keys):
    return torch.ones(queries, keys, dtype=torch.bool).tril(keys - queries)


def read(scores, h, mask=None):
    """Context and weights."""
    weights = (scores if mask is None else scores + added(mask)).softmax(-1)
    return weights @ h, weights


def additive(s, h, w, u, v):
    return torch.tanh((s @ w.T)[..., :, None, :] + (h @ u.T)[..., None, :, :]) @ v


def concat(s, h, w, v):
    n, m = s.shape[-2], h.shape[-2]
    both = torch.cat([s[..., :, None, :].expand(*s.shape[:-1], m, -1), h[..., None, :, :].expand(*h.shape[:-2], n, m, -1)], -1)
    return torch.tanh(both @ w.T) @ v


def heads(x, h):
    return x.unflatten(2, (h, -1)).transpose(1, 2)


def multi_head(q, k, v, wq, wk, wv, wo, h, mask=None):
    split = [heads(x @ w.T, h) for x, w in ((q, wq), (k, wk), (v, wv))]
    return sdpa(*split, attn_mask=mask).transpose(1, 2).flatten(2) @ wo.T


def grouped(x, wq, wk, wv, wo):
    """Four heads in two groups, causal."""
    q, k, v = heads(x @ wq.T, 4), heads(x @ wk.T, 2), heads(x @ wv.T, 2)
    return sdpa(q, k, v, is_causal=True, enable_gqa=True).transpose(1, 2).flatten(2) @ wo.T


def packed(x, y, wq, wk, wv, wo):
    """nn.MultiheadAttention with these weights."""
    module = nn.MultiheadAttention(8, 2, bias=False, batch_first=True)
    weights = {"in_proj_weight": torch.cat([wq, wk, wv]), "out_proj.weight": wo}
    return torch.func.functional_call(module, weights, (x, y, y), {"need_weights": False})[0]


def linears(d, groups, h, bias):
    small = d // h * groups
    return dict(query=nn.Linear(d, d, bias), key=nn.Linear(d, small, bias), value=nn.Linear(d, small, bias), output=nn.Linear(d, d, bias))


def head_layer(d, h, groups=None, bias=False):
    groups = groups or h

    def forward(self, x):
        q, k, v = heads(self.query(x), h), heads(self.key(x), groups), heads(self.value(x), groups)
        return self.output(sdpa(q, k, v, enable_gqa=groups != h).transpose(1, 2).flatten(2))

    return Parts(forward, **linears(d, groups, h, bias))


def self_attention(d, k, v):
    return Formula(lambda x, wq, wk, wv: sdpa(x @ wq, x @ wk, x @ wv), wq=(d, k), wk=(d, k), wv=(d, v))


def chunked(d, h):
    def forward(self, x):
        return torch.cat([part(chunk) for part, chunk in zip(self.heads, x.chunk(h, -1))], -1)

    return Parts(forward, heads=[self_attention(d // h, d // h, d // h) for _ in range(h)])


def spatial(c, k):
    def forward(self, x):
        pixels = x.flatten(2).transpose(1, 2)
        return x + self.attention(pixels).transpose(1, 2).reshape(x.shape)

    return Parts(forward, attention=self_attention(c, k, c))


def differential(q1, k1, q2, k2, v, factor):
    maps = [(q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5).softmax(-1) for q, k in ((q1, k1), (q2, k2))]
    return (maps[0] - factor * maps[1]) @ v


def differential_layer(d, k, v):
    def f(x, wq, wk, wv, q2, k2, factor):
        return differential(x @ wq, x @ wk, x @ q2, x @ k2, x @ wv, factor)

    return Formula(f, wq=(d, k), wk=(d, k), wv=(d, v), q2=(d, k), k2=(d, k), factor=())


def phi(x):
    return F.elu(x) + 1


def linear(q, k, v, allowed=None):
    products = phi(q) @ phi(k).transpose(-2, -1)
    products = products if allowed is None else products * allowed
    return products / products.sum(-1, keepdim=True) @ v


def kept(q, k, v, count):
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    places = scores.detach().topk(count, -1).indices
    weights = (scores + added(torch.zeros(scores.shape, dtype=torch.bool).scatter(-1, places, True))).softmax(-1)
    return weights @ v, weights


def scores(case):
    s, h, v = (2, 3, 4), (2, 5, 3), (6,)
    masked = padding([5, 2], 5)
    case("AdditiveAttention", lambda s, h, w, u, v: read(additive(s, h, w, u, v), h), s, h, (6, 4), (6, 3), v)
    case("AdditiveAttention, padding", lambda s, h, w, u, v: read(additive(s, h, w, u, v), h, masked), s, h, (6, 4), (6, 3), v,
         integers=[[5, 2]])
    case("ConcatAttention", lambda s, h, w, v: read(concat(s, h, w, v), h), s, h, (6, 7), v)
    case("GeneralAttention", lambda s, h, w: read(s @ w @ h.transpose(1, 2), h), s, h, (4, 3))
    case("DotAttention", lambda s, h: read(s @ h.transpose(1, 2), h), (2, 3, 3), h)
    case("ScaledDotAttention", lambda s, h: read(s @ h.transpose(1, 2) / 3 ** 0.5, h), (2, 3, 3), h)


def functions(case):
    q, k, v = (2, 2, 4, 3), (2, 2, 6, 3), (2, 2, 6, 5)
    wide = [of(*shape, scale=3.0) for shape in (q, k, v)]
    case("attention", lambda q, k, v: sdpa(q, k, v), *wide)
    case("attention, causal", lambda q, k, v: sdpa(q, k, v, attn_mask=triangle(4, 6)), *wide)
    case("attention, padding", lambda q, k, v: sdpa(q, k, v, attn_mask=padding([6, 1], 6)[:, None]), *wide, integers=[[6, 1]])
    case("attention, causal and padding", lambda q, k, v: sdpa(q, k, v, attn_mask=padding([5, 3], 6)[:, None] & triangle(4, 6)), *wide,
         integers=[[5, 3]])
    d, e = (2, 3, 8), (2, 5, 8)
    square = [(8, 8)] * 4
    case("MultiHeadAttention, cross", lambda x, y, *w: multi_head(x, y, y, *w, 2, padding([5, 2], 5)[:, None]), d, e, *square,
         integers=[[5, 2]])
    case("MultiHeadAttention, causal", lambda x, *w: multi_head(x, x, x, *w, 4, triangle(5, 5)), e, *square)
    case("GroupedQueryAttention, causal", grouped, e, (8, 8), (4, 8), (4, 8), (8, 8))
    case("MultiHeadAttention, as nn.MultiheadAttention", packed, d, e, *square)
    case("CrossAttention", lambda x, y, a, b, c: sdpa(x @ a, y @ b, y @ c), (2, 3, 4), (2, 5, 6), (4, 3), (6, 3), (6, 2))
    case("AttentionLayer", lambda q, x, a, b: sdpa(q, x @ a, x @ b), (2, 3, 4), (2, 5, 6), (6, 4), (6, 2))
    case("differentialAttention", lambda *x: differential(*x, 0.6), (2, 4, 3), (2, 4, 3), (2, 4, 3), (2, 4, 3), (2, 4, 5))


def efficient(case):
    q, k, v = (2, 7, 3), (2, 7, 3), (2, 7, 4)
    i, j = torch.arange(7)[:, None], torch.arange(7)[None, :]
    case("eluPlusOne", phi, of(4, 5, scale=3.0))
    case("unnormalizedLinearAttention", lambda q, k, v: phi(q) @ (phi(k).transpose(1, 2) @ v), q, k, v)
    case("linearAttention", linear, q, k, v)
    case("causalLinearAttention", lambda q, k, v: linear(q, k, v, triangle(7, 7)), q, k, v)
    case("localAttention", lambda q, k, v: sdpa(q, k, v, attn_mask=(i - j).abs() <= 2), q, k, v)
    case("localAttention, causal", lambda q, k, v: sdpa(q, k, v, attn_mask=((i - j).abs() <= 2) & (j <= i)), q, k, v)
    case("stridedAttention", lambda q, k, v: sdpa(q, k, v, attn_mask=(i - j) % 3 == 0), q, k, v)
    case("stridedAttention, causal", lambda q, k, v: sdpa(q, k, v, attn_mask=((i - j) % 3 == 0) & (j <= i)), q, k, v)
    case("topKAttention", lambda q, k, v: kept(q, k, v, 3), q, k, v)
    case("tiledAttention", lambda q, k, v: sdpa(q, k, v), *[of(*x[1:], scale=2.0) for x in (q, k, v)])
    case("tiledAttention, causal", lambda q, k, v: sdpa(q, k, v, is_causal=True), *[of(*x[1:], scale=2.0) for x in (q, k, v)])


def layers():
    x = (2, 5, 8)
    return {
        "MultiHeadAttention": layer(head_layer(8, 4), x),
        "MultiHeadAttention, with biases": layer(head_layer(8, 2, bias=True), x),
        "GroupedQueryAttention": layer(head_layer(8, 4, 2), x),
        "GroupedQueryAttention, one group, with biases": layer(head_layer(8, 4, 1, bias=True), x),
        "SelfAttention": layer(self_attention(4, 3, 5), (2, 6, 4)),
        "ChunkedSelfAttention": layer(chunked(6, 2), (2, 4, 6)),
        "AppendedPositions": layer(Formula(lambda x, t: torch.cat([x, t[:4].expand(2, 4, 3)], -1), t=(6, 3)), (2, 4, 5)),
        "SpatialSelfAttention": layer(spatial(4, 3), (2, 4, 3, 5)),
        "DifferentialAttention": layer(differential_layer(4, 3, 5), (2, 6, 4)),
    }


if __name__ == "__main__":
    passes = Cases()
    for part in (scores, functions, efficient):
        part(passes)
    write(__file__, layers() | passes)
