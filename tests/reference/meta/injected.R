# Reference values that need no search (tau^2 is given), and a few searched more closely than the first set. Writes injected.json beside this file.
# Run: Rscript injected.R   (R 4.2.2, metafor 3.8-1)
suppressMessages(library(metafor)); library(jsonlite)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
names <- c("cohen1981", "craft2003", "crede2010", "mcdaniel1994", "molloy2014", "relationship_outcome", "relationship_studies")
moderator <- list(craft2003 = "factor(pair)", crede2010 = "year", mcdaniel1994 = "factor(struct)", molloy2014 = "age")
out <- list()
for (name in names) {
  d <- read.csv(file.path(here, paste0(name, ".csv")))
  d$yi <- atanh(d$r); d$vi <- 1 / (d$n - 3)
  one <- list()
  for (tau2 in c(0, 0.001, 0.01, 0.05, 0.3)) {
    for (test in c("z", "knha", "adhoc")) {
      m <- rma(yi, vi, data = d, tau2 = tau2, test = test)
      f <- predict(m)
      ml <- rma(yi, vi, data = d, tau2 = tau2, test = test, method = "ML")
      integral <- if (tau2 > 0) integrate(function(t) tanh(t) * dnorm(t, m$beta[1], sqrt(tau2)), m$beta[1] - 9 * sqrt(tau2) - 1e-9, m$beta[1] + 9 * sqrt(tau2) + 1e-9,
                            rel.tol = 1e-13, subdivisions = 2000L)
      one[[length(one) + 1]] <- list(tau2 = tau2, test = test, z = m$beta[1], se = m$se, statistic = m$zval, p = m$pval, low = m$ci.lb, high = m$ci.ub,
        pi_low = f$pi.lb, pi_high = f$pi.ub, q = m$QE, i2 = m$I2, h2 = m$H2, ll = as.numeric(logLik(ml, REML = FALSE)), rell = as.numeric(logLik(m, REML = TRUE)),
        mean_rho = if (tau2 == 0) tanh(m$beta[1]) else integral$value)
      if (!is.null(moderator[[name]])) {
        mods <- rma(yi, vi, mods = as.formula(paste("~", moderator[[name]])), data = d[!is.na(d[[gsub("factor\\(|\\)", "", moderator[[name]])]]) & d[[gsub("factor\\(|\\)", "", moderator[[name]])]] != "", ],
                    tau2 = tau2, test = test)
        one[[length(one)]]$mods <- list(coef = c(mods$beta), se = mods$se, p = mods$pval, qm = mods$QM, qm_p = mods$QMp, qe = mods$QE, i2 = mods$I2,
          ll = as.numeric(logLik(mods, REML = FALSE)), rell = as.numeric(logLik(mods, REML = TRUE)))
      }
    }
  }
  # Baujat with common-effect weights, and influence with DerSimonian-Laird and Knapp-Hartung, which need no search.
  ce <- rma(yi, vi, data = d, method = "EE")
  pdf(NULL); b <- baujat(ce); dev.off()
  kh <- rma(yi, vi, data = d, method = "DL", test = "knha")
  inf <- influence(kh)$inf
  out[[name]] <- list(fits = one, baujat = list(x = b$x, y = b$y),
    trim_fill = sapply(c("L0", "R0"), function(e) {
      # The refits inside trimfill stop at 1e-5 unless told otherwise.
      control <- list(threshold = 1e-13, maxiter = 10000)
      t <- trimfill(rma(yi, vi, data = d, control = control), estimator = e, control = control)
      list(k0 = t$k0, side = t$side, z = t$beta[1], se = t$se, ci = c(t$ci.lb, t$ci.ub), tau2 = t$tau2, filled_z = I(as.numeric(t$yi)[t$fill]), filled_v = I(as.numeric(t$vi)[t$fill]))
    }, simplify = FALSE),
    influence_kh = list(rstudent = inf$rstudent, dffits = inf$dffits, cook = inf$cook.d, cov_r = inf$cov.r, hat = inf$hat),
    failsafe_01 = fsn(d$yi, d$vi, alpha = 0.01)$fsnum)
}
# Rank tests without ties, where p is exact.
set.seed(20)
out$ranks <- lapply(c(3, 4, 5, 7, 10, 15, 20, 31, 60), function(k) {
  v <- round(runif(k, 0.005, 0.2), 6); z <- round(0.2 + sqrt(v) * runif(1) + rnorm(k, 0, sqrt(v)), 6)
  r <- suppressWarnings(ranktest(z, v))
  list(z = z, v = v, tau = unname(r$tau), p = unname(r$pval))
})
write_json(out, file.path(here, "injected.json"), digits = I(17), auto_unbox = TRUE, null = "null", na = "null")
