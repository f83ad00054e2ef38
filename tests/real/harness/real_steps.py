"""The cases of steps.py on real Caffe: reads cases.json and in.npz, writes out.npz."""

import json

import caffe

import realnet
import steps


def make(case, bottoms):
    settings = {key: value for key, value in case.items() if key != "phase"}
    return realnet.RealLayer(bottoms=bottoms, phase=getattr(caffe, case.get("phase", "TRAIN")), **settings)


with open("cases.json") as file:
    realnet.save(**steps.run(json.load(file), realnet.inputs(), make))
