"""A report as other tools write it: what tools/tally adds up."""

import xml.etree.ElementTree as ElementTree


def write(path, suite, cases):
    """'cases' are (name, what went wrong or None)."""
    root = ElementTree.Element("testsuite", name=suite,
                               tests=str(len(cases)))
    for name, problem in cases:
        case = ElementTree.SubElement(root, "testcase", name=name,
                                      classname=suite)
        if problem:
            ElementTree.SubElement(case, "failure", message=problem)
    ElementTree.ElementTree(root).write(path, encoding="unicode")
