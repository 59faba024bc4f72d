"""How embeddings of one voice differ, and those of different voices: what VBx goes by."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

Matrix = NDArray[np.float64]

_KEPT = 32  # dimensions


@dataclass(frozen=True, slots=True)
class Spread:
    within: Matrix  # covariances
    between: Matrix


def save(folder: Path, embeddings: Matrix, labels: NDArray[np.int64]) -> None:
    """In the form that pyannote's VBx loads."""
    folder.mkdir(parents=True, exist_ok=True)
    mean = embeddings.mean(0)
    rough = _scaled(embeddings - mean)
    directions = _discriminating(_spread(rough, labels))[1][:, :_KEPT]
    projected_mean = (rough @ directions).mean(0)
    fine = _scaled(rough @ directions - projected_mean)
    psi, transform = _discriminating(_spread(fine, labels))
    _save(folder / "xvec_transform.npz", mean1=mean, mean2=projected_mean, lda=directions)
    _save(folder / "plda.npz", mu=fine.mean(0), tr=transform.T, psi=np.maximum(psi, 1e-3))


def _spread(embeddings: Matrix, labels: NDArray[np.int64]) -> Spread:
    centres = np.stack([embeddings[labels == label].mean(0) for label in np.unique(labels)])
    numbers = np.searchsorted(np.unique(labels), labels)
    around = embeddings - centres[numbers]
    within = around.T @ around / (len(embeddings) - len(centres))
    return Spread(within + 1e-4 * np.eye(len(within)), np.cov(centres.T))


def _discriminating(spread: Spread) -> tuple[Matrix, Matrix]:
    """Directions, best first, in which one voice's embeddings vary by one."""
    ratios, directions = eigh(spread.between, spread.within)
    return ratios[::-1], directions[:, ::-1]


def _scaled(embeddings: Matrix) -> Matrix:
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    return np.sqrt(embeddings.shape[1]) * embeddings / lengths


def _save(path: Path, **arrays: Matrix) -> None:
    """The same bytes each time."""
    np.savez(path, **{name: array.astype(np.float32) for name, array in arrays.items()})
