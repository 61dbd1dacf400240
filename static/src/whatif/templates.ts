/** Short policies to start a draft from. */

import type { DraftFile } from "./draft";

export interface PolicyTemplate {
  readonly slug: string;
  readonly title: string;
  readonly hint: string;
  readonly build: (namespace: string) => DraftFile;
}

const HEAD = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:`;

export const TEMPLATES: readonly PolicyTemplate[] = [
  {
    slug: "deny-all",
    title: "Close a namespace",
    hint: "Default deny: nothing may enter or leave until another policy allows it",
    build: (namespace) => ({ name: "deny-all.yaml", content: denyAll(namespace) }),
  },
  {
    slug: "allow-from-namespace",
    title: "Allow from a namespace",
    hint: "One port, from the pods of one other namespace",
    build: (namespace) => ({
      name: "allow-from-namespace.yaml",
      content: allowFromNamespace(namespace),
    }),
  },
  {
    slug: "allow-dns",
    title: "Allow DNS lookups",
    hint: "Egress to the cluster DNS, which a default deny cuts off",
    build: (namespace) => ({ name: "allow-dns.yaml", content: allowDns(namespace) }),
  },
];

function denyAll(namespace: string): string {
  return `${HEAD}
  name: deny-all
  namespace: ${namespace}
spec:
  podSelector: {}
  policyTypes:
    - Ingress
    - Egress
`;
}

function allowFromNamespace(namespace: string): string {
  return `${HEAD}
  name: allow-from-namespace
  namespace: ${namespace}
spec:
  podSelector: {} # every pod of ${namespace}; narrow it with matchLabels
  policyTypes:
    - Ingress
  ingress:
    - from:
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: ${namespace} # the namespace that may come in
      ports:
        - protocol: TCP
          port: 80
`;
}

function allowDns(namespace: string): string {
  return `${HEAD}
  name: allow-dns
  namespace: ${namespace}
spec:
  podSelector: {}
  policyTypes:
    - Egress
  egress:
    - to:
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: kube-system
          podSelector:
            matchLabels:
              k8s-app: kube-dns
      ports:
        - protocol: UDP
          port: 53
        - protocol: TCP
          port: 53
`;
}
