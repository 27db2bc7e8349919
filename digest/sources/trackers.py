"""Parameters of addresses that only follow people: a lower-case name goes in, whether nobody misses it comes out.

A name is here if it is surely a tracker on every site: `cid`, `source` or `campaign_id` may say which page is shown, so they stay.
"""

_PREFIXES = (
    "utm_",
    "mtm_",  # Matomo
    "matomo_",
    "pk_",  # Matomo when it was Piwik
    "piwik_",
    "at_",  # Piano, which was AT Internet
    "itm_",
    "hsa_",  # HubSpot
    "__hs",
    "fb_action_",
    "_branch_",
    "ml_subscriber",  # MailerLite
    "oly_",  # Olytics
    "vero_",
    "guce_",  # Yahoo
    "elqtrack",  # Eloqua
)
_NAMES = frozenset({
    "fbclid", "fb_source", "fb_ref", "mibextid", "igsh", "igshid",  # Facebook, Instagram
    "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "gad_source", "gad_campaignid", "srsltid", "_ga", "_gl", "_gac",  # Google
    "msclkid", "yclid", "ysclid", "_openstat", "twclid", "ref_src", "__twitter_impression", "ttclid", "li_fat_id", "epik",  # other networks
    "mc_cid", "mc_eid", "mc_tc", "_hsenc", "_hsmi", "hsctatracking", "mkt_tok", "_bhlid", "ck_subscriber_id", "dm_i", "__s", "_ke", "_kx",
    "sfmc_id",  # mail services
    "wickedid", "rb_clickid", "irclickid", "irgwc", "cjevent", "sc_cid", "s_cid", "wt_mc", "wt_zmc", "wt.mc_id",  # advertisers
    "ns_mchannel", "ns_source", "ns_campaign", "ns_linkname", "ns_fee", "trk_contact", "trk_msg", "trk_module", "trk_sid",
    "xtor", "echobox", "wprov", "guccounter", "__readwiselocation",
})  # fmt: skip


def is_tracker(name: str) -> bool:
    """Say whether a parameter's name, in lower case, is one that only follows people."""
    return name in _NAMES or name.startswith(_PREFIXES)
