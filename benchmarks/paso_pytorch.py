"""El mismo paso del tutorial, con las mismas redes, en PyTorch; lo usa `paso.py`.

Va en otro proceso: en el mismo, los hilos de PyTorch y los de TensorFlow se estorban.
"""

import sys
import time

import torch
from memory import peak_memory
from torch import nn
from torch.nn import functional

WIDTHS = [64, 128, 256, 512, 512, 512, 512, 512]


def normalization(width: int) -> nn.Module:
    return nn.BatchNorm2d(width, eps=1e-3, momentum=0.01)


class Generator(nn.Module):
    """La U-Net de `unet_generator`, con los ajustes de fábrica."""

    def __init__(self):
        super().__init__()
        self.downs, self.ups = nn.ModuleList(), nn.ModuleList()
        for level, width in enumerate(WIDTHS):
            before = WIDTHS[level - 1] if level else 3
            down = [nn.Conv2d(before, width, 4, 2, 1, bias=False)]
            # Su BatchNorm no admite un solo píxel: el nivel más hondo va sin ella.
            down += [normalization(width)] if 0 < level < len(WIDTHS) - 1 else []
            self.downs.append(nn.Sequential(*down, nn.LeakyReLU(0.3)))
        inputs = WIDTHS[-1]
        for index, width in enumerate(reversed(WIDTHS[:-1])):
            up = [nn.ConvTranspose2d(inputs, width, 4, 2, 1, bias=False), normalization(width)]
            up += [nn.Dropout(0.5)] if index < 3 else []
            self.ups.append(nn.Sequential(*up, nn.ReLU()))
            inputs = 2 * width
        self.last = nn.ConvTranspose2d(inputs, 3, 4, 2, 1)

    def forward(self, x):
        skips = []
        for down in self.downs:
            x = down(x)
            skips.append(x)
        for up, skip in zip(self.ups, reversed(skips[:-1]), strict=True):
            x = torch.cat([up(x), skip], 1)
        return torch.tanh(self.last(x))


def discriminator() -> nn.Module:
    """La PatchGAN de `patchgan_discriminator`, con los ajustes de fábrica."""
    parts, inputs = [], 6
    for width in (64, 128, 256):
        parts.append(nn.Conv2d(inputs, width, 4, 2, 1, bias=False))
        parts += [normalization(width)] if inputs > 6 else []
        parts.append(nn.LeakyReLU(0.3))
        inputs = width
    parts += [nn.Conv2d(256, 512, 4, 1, 1, bias=False), normalization(512), nn.LeakyReLU(0.3)]
    return nn.Sequential(*parts, nn.Conv2d(512, 1, 4, 1, 1))


def prepare(images: int):
    """Una función que da un paso por imagen, en lotes de una."""
    judge, generator = discriminator(), Generator()
    adams = [
        torch.optim.Adam(network.parameters(), 2e-4, (0.5, 0.999)) for network in (generator, judge)
    ]
    x = torch.rand(1, 3, 256, 256) * 2 - 1
    y = torch.rand(1, 3, 256, 256) * 2 - 1

    def loss(target: float, logits):
        return functional.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))

    def step():
        fake = generator(x)
        real_loss = loss(1, judge(torch.cat([x, y], 1)))
        fake_loss = loss(0, judge(torch.cat([x, fake.detach()], 1)))
        adams[1].zero_grad()
        (real_loss + fake_loss).backward()
        judge.requires_grad_(False)
        gen_loss = loss(1, judge(torch.cat([x, fake], 1))) + 100 * (y - fake).abs().mean()
        adams[0].zero_grad()
        gen_loss.backward()
        judge.requires_grad_(True)
        for adam in adams:
            adam.step()

    return lambda: [step() for _ in range(images)]


if __name__ == "__main__":
    images = int(sys.argv[1])
    run = prepare(images)
    run()
    start = time.perf_counter()
    run()
    print((time.perf_counter() - start) / images, peak_memory())
