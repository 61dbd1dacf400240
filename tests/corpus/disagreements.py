"""Cases in which netviz differs from the corpus on purpose, each with the law that says so."""

from __future__ import annotations

__all__ = ["JUSTIFIED"]

_TARGET = "an Ingress names a port of the Service, not of the pods: this one leads nowhere"
_NEGATIVE = "pods to come in a namespace that is there are let in by the labels that it lacks"
_SAME = "`In [x]` is the same selector as the label `x`, and a pod with it is there already"
_NAME = "the policy's name has an underscore: the API server refuses it, so it is not evaluated"
_GAP = "npa/connlist/example_pods_w_same_owner_and_labels_gap_with_"
_ERROR = "npa/error/"
_NCA = "nca/k8s_testcases/example_policies/"
_EXCEPT = "its third rule has excepts outside their cidr: the API server refuses the policy"
_TOPOLOGY = f"{_NCA}tests-different-topologies/semanticDiff-different-topologies-scheme/"
_BY_POD = "it tells the pods of one workload apart, where netviz compares workloads"
_FINISHED = "the pods of the ingress-nginx-admission Jobs have finished: they are no endpoints"

_NODES = "npapi/conformance/CNP{}TierEgressNodePeers/{}-egress_rule_policy_for_egress-node-peer/1"
_TIE = "equal priorities are no error: a tie that matters is unknown, with both policies named"
_LATER = "documents are applied in order: the later one replaces the first, with a warning"
_WARN = f"{_ERROR}warn_input_admin_policy_contains_"

JUSTIFIED: dict[str, tuple[str, str]] = {
    **{
        _NODES.format(*names): (
            "B-47",
            "nodes are the addresses of nodes, which that tool does not evaluate",
        )
        for names in (
            ("Admin", "03-Should_support_a_deny"),
            ("Baseline", "02-Should_support_a_deny"),
        )
    },
    f"{_ERROR}list_Input_dir_has_two_admin_netpols_with_same_priority_should_return_fatal_error"
    "__anp_bad_path_test_1": ("B-25", _TIE),
    f"{_ERROR}diff_first_input_dir_has_two_admin_netpols_with_same_priority_should_return_fatal"
    "_error": ("B-25", _TIE),
    f"{_ERROR}list_Input_dir_has_two_admin_netpols_with_same_name_should_return_fatal_error"
    "__anp_bad_path_test_3": ("N-03", _LATER),
    f"{_ERROR}diff_first_input_dir_has_two_admin_netpols_with_same_name_should_return_fatal"
    "_error": ("N-03", _LATER),
    f"{_ERROR}list_Input_dir_has_more_than_one_baseline_admin_netpol_should_return_fatal_error"
    "__banp_bad_path_test_1": ("N-03", _LATER),
    f"{_WARN}nodes_egress_peer_should_get_warning__anp_and_banp_using_networks_and_nodes_test": (
        "B-47",
        "nodes are evaluated, so there is nothing to warn of",
    ),
    f"{_WARN}ipv6_addresses_in_networks_egress_peer_should_get_warning"
    "__anp_and_banp_using_networks_with_ipv6_test": (
        "B-46",
        "IPv6 networks are evaluated, so there is nothing to warn of",
    ),
    f"{_WARN}unsupported_fields_and_unknown_named_port_should_get_some_warnings"
    "__anp_banp_test_multiple_warnings": (
        "B-62",
        "nodes and IPv6 are evaluated; a name that no pod declares is a finding of its own",
    ),
    f"{_WARN}unknown_port_name_should_get_warning__anp_banp_test_with_named_port_unmatched": (
        "B-62",
        "a name that no pod declares is a finding of its own, not a fault of the object",
    ),
    "npa/connlist/minikube_resources": (
        "A-93",
        "the pods of the two ingress-nginx-admission Jobs have finished: they are no endpoints",
    ),
    "npa/cli-connlist/document_with_syntax_error": (
        "N-06",
        "only the document that is no YAML is left out; that tool stops reading the file there",
    ),
    f"{_GAP}policy_selector_not_in_gap": ("A-V01", _NAME),
    f"{_GAP}good_match_expression": ("A-V01", _NAME),
    f"{_GAP}good_match_expression2": ("A-V01", _NAME),
    f"{_ERROR}list_Input_dir_has_pods_with_same_owner_name_w_different_labels_selected_by_policy"
    "_should_return_fatal_error2__example_pods_w_same_owner_and_labels_gap_with_bad_match"
    "_expression": ("F-01", "pods of one owner with different labels are variants, no error"),
    f"{_ERROR}list_Input_dir_has_netpol_with_named_port_on_ipblock_peer_should_return_fatal_named"
    "_port_error__bad_netpols_subdir6": (
        "A-87",
        "a named port with a block is valid: it matches no address",
    ),
    f"{_ERROR}diff_second_input_dir_has_netpol_with_named_port_on_ipblock_peer_should_return"
    "_fatal_named_port_error": (
        "A-87",
        "a named port with a block is valid: it matches no address",
    ),
    f"{_ERROR}list_Input_dir_has_two_netpols_with_same_name_in_a_namespace_should_return_fatal"
    "_error_of_existing_object__np_bad_path_test_1": (
        "N-03",
        "documents are applied in order: the later one replaces the first, with a warning",
    ),
    f"{_ERROR}diff_first_input_dir_has_two_netpols_with_same_name_in_one_namespace_should_return"
    "_fatal_error": (
        "N-03",
        "documents are applied in order: the later one replaces the first, with a warning",
    ),
    f"{_ERROR}list_bad_JSON_missing_kind__malformed-pod-example-4": (
        "N-03",
        "objects of an unknown kind are ignored with a note, and the list's items are read",
    ),
    "nca/fw_rules_tests/policies/test15-scheme/connectivity_map_": (
        "F-01",
        "two pods of one ReplicaSet differ in the label of the policy: one is let in, one is not",
    ),
    f"{_NCA}withIpBlock2/withIpBlock2-scheme/compare_two_equiv_multiple_ports": ("A-V07", _EXCEPT),
    f"{_NCA}withIpBlock2/withIpBlock2-scheme/redundancy_in_specific_policies": ("A-V07", _EXCEPT),
    f"{_NCA}withIpBlock2/withIpBlock2-scheme/redundancy_between_configs": ("A-V07", _EXCEPT),
    f"{_NCA}services1/services1-scheme/not_empty": ("A-93", _FINISHED),
    f"{_NCA}services1/services1-scheme/redundancy_np1_and_np2": ("A-93", _FINISHED),
    f"{_NCA}workload-resources-test/file-system-resource-test-scheme/all-captured-2": (
        "F-01",
        "it counts generated replicas, where netviz counts workloads",
    ),
    f"{_NCA}withEndPort/withEndPort-scheme/semantic_diff": (
        "A-95",
        "the two differ only in protocols that NetworkPolicy does not speak of",
    ),
    **{
        f"npa/{case}": ("F-41", _TARGET)
        for case in (
            "explain/k8s_ingress_test_new",
            "exposure/k8s_ingress_test_new",
            "explain/onlineboutique_workloads_with_ingress",
            "diff/k8s_ingress_test__k8s_ingress_test_new",
            "diff/onlineboutique_workloads__onlineboutique_workloads_with_ingress",
        )
    },
    **{
        f"npa/exposure/exposure_test_with_match_expression_{case}": ("A-49", _NEGATIVE)
        for case in (
            "not_in_op",
            "not_in_op_with_matching_pods",
            "does_not_exist_op_with_matching_pods",
        )
    },
    "npa/exposure/anp_demo_udp-52": (
        "A-41",
        "pods to come in a namespace that is there have its labels, and rules may name those",
    ),
    "npa/explain/exposure_test_with_anp_4_entire_cluster_example+exposure": (
        "A-02",
        "the policy that closes all other ports is named, where the source leaves that side out",
    ),
    "npa/exposure/exposure_test_with_different_rules_2_with_matching_pod": ("F-23", _SAME),
    "npa/exposure/exposure_test_with_different_rules_6_with_matching_pods": ("F-23", _SAME),
    "npa/property/service-map/ingress-nginx.ingress-nginx-controller-admission": (
        "F-32",
        "the pods of the ingress-nginx-admission Jobs have finished: they are no backends",
    ),
    **{
        f"{_TOPOLOGY}semantic_diff_{name}": ("F-01", _BY_POD)
        for name in (
            "a_to_b",
            "a_to_b_txt_no_fw_rules",
            "a_to_b_with_ipBlock",
            "b_to_a",
            "disjoint_old1_config_a",
        )
    },
}
"""Case id -> (semantics id, one sentence)."""
