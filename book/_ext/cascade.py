"""La cascada que busca caras, la de scikit-image, como la lee `book/lab/cascade.js`."""

import json
import xml.etree.ElementTree as ET

import numpy as np
import skimage.data


def _numbers(element: ET.Element, path: str) -> list[str]:
    return element.findtext(path, "").split()


def _exact(number: str) -> float:
    """El número más corto que, en 32 bits, es ese mismo."""
    return float(str(np.float32(number)))


def cascade_json() -> str:
    root = ET.parse(skimage.data.lbp_frontal_face_cascade_filename())
    stages = root.findall(".//stages/_")
    stumps = [stump for stage in stages for stump in stage.findall("weakClassifiers/_")]
    # De cada nodo, los dos primeros números son sus hojas: en un árbol de un nodo, sobran.
    nodes = [[int(number) for number in _numbers(stump, "internalNodes")[2:]] for stump in stumps]
    features = [_numbers(feature, "rect") for feature in root.findall(".//features/_")]
    content = {
        "side": int(root.findtext(".//width", "")),
        "features": [int(number) for feature in features for number in feature],
        "lengths": [len(stage.findall("weakClassifiers/_")) for stage in stages],
        "thresholds": [_exact(stage.findtext("stageThreshold", "")) for stage in stages],
        "chosen": [node[0] for node in nodes],
        "tables": [word for node in nodes for word in node[1:]],
        "votes": [_exact(vote) for stump in stumps for vote in _numbers(stump, "leafValues")],
    }
    return json.dumps(content, separators=(",", ":"))
