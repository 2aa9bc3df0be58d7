"""Reference values of chapter 12's agents: python3 Tests/Golden/applications_acting.py writes applications_acting.json.

Needs PyTorch; what the scripts share is in recording.py. The cart and the pole are the formulas of Barto, Sutton and Anderson (1983)
in the form of Gymnasium's CartPole-v1, written for a batch of states.
"""
import copy
import math

import torch
from torch import nn
from torch.nn import functional as F

from recording import Cases, Parts, filled, made, of, record, records, write

PUSHES = [[1, 0, 1], [1, 1, 0], [0, 1, 1], [1, 0, 0]]
ACTIONS = [0, 2, 1, 1, 0, 2]


def pushed(state, actions):
    """One step of CartPole-v1 with kinematics_integrator = "euler"."""
    gravity, masscart, masspole, length, force_mag, tau = 9.8, 1.0, 0.1, 0.5, 10.0, 0.02
    total_mass, polemass_length = masscart + masspole, masspole * length
    x, x_dot, theta, theta_dot = state.unbind(1)
    force = torch.where(torch.tensor(actions) == 1, force_mag, -force_mag)
    costheta, sintheta = torch.cos(theta), torch.sin(theta)
    temp = (force + polemass_length * theta_dot**2 * sintheta) / total_mass
    thetaacc = (gravity * sintheta - costheta * temp) / (length * (4.0 / 3.0 - masspole * costheta**2 / total_mass))
    xacc = temp - polemass_length * thetaacc * costheta / total_mass
    return torch.stack([x + tau * x_dot, x_dot + tau * xacc, theta + tau * theta_dot, theta_dot + tau * thetaacc], 1)


def played(state):
    first = pushed(state, PUSHES[0])
    last = first
    for actions in PUSHES[1:]:
        last = pushed(last, actions)
    return first, last


def learned(double):
    """Ten steps of deep Q-learning on one batch; the target network is a copy, renewed after steps 4 and 8."""
    network = Parts(lambda self, x: self.c(F.relu(self.b(F.relu(self.a(x))))),
                    a=nn.Linear(4, 7), b=nn.Linear(7, 6), c=nn.Linear(6, 3))
    filling = filled(network)
    recipes = [of(6, 4), of(6, 4, offset=131), of(6, scale=2.0, offset=262)]
    s, following, rewards = [made(r) for r in recipes]
    continues = torch.tensor([1.0, 0, 1, 1, 0, 1])
    target = copy.deepcopy(network)
    optimizer, losses = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9), []
    for step in range(10):
        with torch.no_grad():
            q = target(following)
            best = q.gather(1, network(following).argmax(1, keepdim=True))[:, 0] if double else q.max(1).values
            y = rewards + 0.9 * continues * best
        optimizer.zero_grad()
        chosen = network(s).gather(1, torch.tensor(ACTIONS)[:, None])[:, 0]
        loss = F.smooth_l1_loss(chosen, y)
        loss.backward()
        losses.append(loss.detach())
        optimizer.step()
        if step % 4 == 3:
            target = copy.deepcopy(network)
    return {"inputs": recipes, "actions": ACTIONS, "continues": continues.tolist(), "parameters": filling["parameters"],
            **records(losses=[torch.stack(losses)], trained=list(network.parameters()))}


if __name__ == "__main__":
    cases = Cases()
    cases("CartPole", played, of(3, 4, scale=0.4), integers=PUSHES)
    cases("temporalDifferenceLoss",
          lambda q, y: F.smooth_l1_loss(q.gather(1, torch.tensor(ACTIONS)[:, None])[:, 0], y),
          of(6, 3, scale=2.0), of(6, scale=2.0), integers=[ACTIONS])
    write(__file__, cases, learning={"deep Q-learning": learned(False), "double deep Q-learning": learned(True)})
