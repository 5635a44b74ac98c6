//! One order, from the list of names to the certificate.

use super::client::{Client, identifier};
use super::failure::{Failure, Kind, name_of};
use instant_acme::{
    Account, AuthorizationStatus, ChallengeHandle, ChallengeStatus, ChallengeType, Error, Identifier, NewOrder,
    OrderStatus, RetryPolicy,
};
use std::time::Duration;

/// A way to prove that a host name belongs to this server. The numbers are those of `fc_proof` in certificates.h.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum Proof {
    Http01 = 1,
    TlsAlpn01 = 2,
    Dns01 = 4,
    DnsPersist01 = 8,
}

impl Proof {
    const ALL: [Self; 4] = [Self::Http01, Self::TlsAlpn01, Self::Dns01, Self::DnsPersist01];

    fn of_the_crate(self) -> ChallengeType {
        match self {
            Self::Http01 => ChallengeType::Http01,
            Self::TlsAlpn01 => ChallengeType::TlsAlpn01,
            Self::Dns01 => ChallengeType::Dns01,
            Self::DnsPersist01 => ChallengeType::Unknown("dns-persist-01".to_owned()),
        }
    }
}

/// The proof that the CA wants to see for one name: `fc_challenge` of certificates.h.
#[derive(Clone)]
pub struct Challenge {
    pub proof: Proof,
    pub name: String,
    pub wildcard: bool,
    pub token: String,
    pub key_authorization: String,
    pub digest: [u8; 32],
    pub dns_value: String,
    pub issuers: String,
}

/// Makes proofs visible to the CA.
pub trait Challenges {
    /// Makes the proof visible; false if this is not possible.
    fn present(&mut self, challenge: &Challenge) -> bool;
    /// Waits until the proof can be seen; false if the proof stays invisible. Called when all proofs of an order are
    /// presented.
    fn wait(&mut self, challenge: &Challenge) -> bool;
    fn clean_up(&mut self, challenge: &Challenge);
}

pub struct Order {
    pub names: Vec<String>,
    /// Bits of `Proof`.
    pub proofs: u32,
    pub profile: String,
    /// The key identifier of the authority and the serial number of the certificate that this order renews.
    pub replaces: Option<(Vec<u8>, Vec<u8>)>,
}

pub struct Certificate {
    pub chain: String,
    pub key: String,
}

/// The challenges that were presented. When this object is dropped, all of them are cleaned up, also after a panic or a
/// stop.
struct Presented<'a> {
    challenges: &'a mut dyn Challenges,
    presented: Vec<Challenge>,
}

impl Drop for Presented<'_> {
    fn drop(&mut self) {
        for challenge in &self.presented {
            self.challenges.clean_up(challenge);
        }
    }
}

impl Client {
    pub fn obtain(&self, order: &Order, challenges: &mut dyn Challenges) -> Result<Certificate, Failure> {
        let account = self.account()?;
        let mut presented = Presented { challenges, presented: Vec::new() };
        self.run(self.obtained(account, order, &mut presented))
    }

    async fn obtained(
        &self,
        account: &Account,
        order: &Order,
        presented: &mut Presented<'_>,
    ) -> Result<Certificate, Failure> {
        let mut made = new_order(account, order).await?;
        let mut authorizations = made.authorizations();
        // Show all proofs before the CA looks at the first proof. A name and its wildcard need two TXT records with the
        // same name, and a resolver keeps them together.
        let mut chosen = Vec::new();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization?;
            match authorization.status {
                AuthorizationStatus::Pending => {}
                AuthorizationStatus::Valid => {
                    chosen.push(None);
                    continue;
                }
                other => return Err(Failure::new(Kind::Challenge, format!("an authorization is {other:?}"))),
            }
            let offered = Proof::ALL.into_iter().filter(|proof| order.proofs & *proof as u32 != 0);
            let mut offered = offered.filter(|p| authorization.challenges.iter().any(|c| c.r#type == p.of_the_crate()));
            let Some(proof) = offered.next() else {
                let names = authorization.challenges.iter().map(|c| format!("{:?}", c.r#type)).collect::<Vec<_>>();
                let text = format!("the CA offers no proof that this server is set up for, only {}", names.join(", "));
                return Err(Failure::new(Kind::Challenge, text));
            };
            let wildcard = authorization.wildcard;
            let Some(handle) = authorization.challenge(proof.of_the_crate()) else { continue };
            let challenge = described(&handle, proof, wildcard, self.web.heard(|heard| heard.issuers.join(" ")));
            presented.presented.push(challenge.clone());
            if !presented.challenges.present(&challenge) {
                return Err(Failure::new(Kind::Challenge, format!("{}: the proof is not visible", challenge.name)));
            }
            chosen.push(Some(proof));
        }
        for index in 0..presented.presented.len() {
            let challenge = presented.presented[index].clone();
            if !presented.challenges.wait(&challenge) {
                return Err(Failure::new(Kind::Challenge, format!("{}: the proof is not visible", challenge.name)));
            }
        }
        let mut authorizations = made.authorizations();
        let mut chosen = chosen.into_iter();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization?;
            let Some(proof) = chosen.next().flatten() else { continue };
            if let Some(mut handle) = authorization.challenge(proof.of_the_crate()) {
                handle.set_ready().await?;
            }
        }
        wait_until_ready(&mut made).await?;
        let key = made.finalize().await?;
        let chain = made.poll_certificate(&patience()).await?;
        Ok(Certificate { chain, key })
    }
}

/// How often, and for how long, the client asks whether the CA has finished.
fn patience() -> RetryPolicy {
    RetryPolicy::new().initial_delay(Duration::from_millis(250)).backoff(1.6).timeout(Duration::from_secs(180))
}

async fn new_order(account: &Account, order: &Order) -> Result<instant_acme::Order, Failure> {
    let names = order.names.iter().map(|name| Identifier::Dns(name.clone())).collect::<Vec<_>>();
    let profile = account.profiles().any(|profile| profile.name == order.profile).then_some(order.profile.as_str());
    let base = || {
        let new = NewOrder::new(&names);
        match profile {
            Some(profile) => new.profile(profile),
            None => new,
        }
    };
    if let Some((authority, serial)) = &order.replaces {
        match account.new_order(&base().replaces(identifier(authority, serial))).await {
            Ok(order) => return Ok(order),
            Err(Error::Api(problem)) if matches!(name_of(&problem), "rateLimited" | "accountDoesNotExist") => {
                return Err(problem.into());
            }
            // The CA refuses to link this order to the certificate that it replaces. Possible reasons: another order
            // has renewed the certificate already, another account has ordered it, the CA does not know it, or the CA
            // has no renewal information. The new certificate is then ordered without this link.
            Err(_) => {}
        }
    }
    Ok(account.new_order(&base()).await?)
}

fn described(handle: &ChallengeHandle<'_>, proof: Proof, wildcard: bool, issuers: String) -> Challenge {
    let key = handle.key_authorization();
    let mut digest = [0; 32];
    digest.copy_from_slice(key.digest().as_ref());
    let name = handle.identifier().to_string();
    Challenge {
        proof,
        name: name.strip_prefix("*.").unwrap_or(&name).to_owned(),
        wildcard,
        token: handle.token.clone(),
        key_authorization: key.as_str().to_owned(),
        digest,
        dns_value: key.dns_value(),
        issuers: if proof == Proof::DnsPersist01 { issuers } else { String::new() },
    }
}

/// Waits until the CA has seen all proofs. If the CA did not see a proof, the failure has the CA's reason.
async fn wait_until_ready(order: &mut instant_acme::Order) -> Result<(), Failure> {
    let failed = match order.poll_ready(&patience()).await {
        Ok(OrderStatus::Ready) => return Ok(()),
        Ok(other) => Failure::new(Kind::Challenge, format!("the order is {other:?}")),
        Err(e) => e.into(),
    };
    if failed.kind == Kind::Unreachable {
        return Err(failed);
    }
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        let state = authorization.refresh().await?;
        let invalid = state.challenges.iter().find(|challenge| challenge.status == ChallengeStatus::Invalid);
        if let Some(problem) = invalid.and_then(|challenge| challenge.error.clone()) {
            let text = format!("{}: {}", state.identifier(), Failure::from(problem).text);
            return Err(Failure::new(Kind::Challenge, text));
        }
    }
    Err(failed)
}
